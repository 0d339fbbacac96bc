import type { Judged, Verdict } from './judge.ts';

/** What a verdict means, in one sentence. */

const because = (detail: string | undefined): string => (detail === undefined || detail === '' ? '' : `: ${detail}`);

export const verdictText = (verdict: Verdict, { reach, heartbeat, chat, seats }: Judged): string => {
  switch (verdict) {
    case 'well':
      return `well${because((chat.last ?? seats.last)?.detail)}`;
    case 'unproven':
      return 'answers, and nobody has asked a seat to work: see --chat';
    case 'unreachable':
      return `unreachable${because(reach.last?.detail)}`;
    case 'refused':
      return `refused${because(reach.last?.detail)}`;
    case 'stale':
      return `heartbeat stale${because(heartbeat.last?.detail)}`;
    case 'no_work':
      return `does no work${because((chat.isDown ? chat : seats).last?.detail)}`;
  }
};
