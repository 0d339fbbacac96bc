import { lstatSync } from 'node:fs';
import { connect } from 'node:net';
import { placesIn } from '../../deadman/places.ts';
import type { DoctorCheck } from '../../protocol/verbs.ts';
import type { Place } from '../place.ts';

/** Whether the deadman listens, as far as this account may see: its socket is for its own account alone. */

const answerMs = 1_000;

type Answer = 'answers' | 'silent' | 'nobody' | 'not_allowed';

/** It speaks first, so any byte is enough. */
const ask = (path: string): Promise<Answer> =>
  new Promise((resolve) => {
    const socket = connect(path);
    const finish = (answer: Answer): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    const timer = setTimeout(() => finish('silent'), answerMs);
    socket.on('data', () => finish('answers'));
    // All its places are taken for a moment: somebody is there who said so.
    socket.on('end', () => finish('answers'));
    socket.on('error', ({ code }: NodeJS.ErrnoException) => {
      if (code === 'EACCES' || code === 'EPERM') finish('not_allowed');
      else finish(code === 'EAGAIN' ? 'silent' : 'nobody');
    });
  });

const todo =
  'Start the deadman: `npm start` in a checkout; on an installed machine launchd starts it by itself. Until then nothing is frozen.';

export const deadmanCheck = async ({ runDirectory }: Place): Promise<DoctorCheck> => {
  const check = (state: DoctorCheck['state'], found: string): DoctorCheck => ({
    // What the keeper sees of it is a check of its own.
    name: 'deadman socket',
    state,
    found,
    todo: state === 'ok' ? '' : todo,
  });
  const { socket } = placesIn(runDirectory);
  let owner: number;
  try {
    const seen = lstatSync(socket);
    if (!seen.isSocket()) return check('fail', `${socket} is not a socket`);
    owner = seen.uid;
  } catch {
    return check('fail', `${socket} does not exist`);
  }
  const answer = await ask(socket);
  switch (answer) {
    case 'answers':
      return check('ok', 'answers');
    case 'not_allowed':
      return check('ok', `${socket} is there; only uid ${owner} may ask it, so see what the keeper says of it`);
    case 'silent':
      return check('fail', `it listens and does not answer within ${answerMs / 1000} s`);
    case 'nobody':
      return check('fail', `nobody listens on ${socket}`);
  }
};
