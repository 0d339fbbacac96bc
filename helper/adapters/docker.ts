import { userInfo } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { usualSockets } from './docker-engine.ts';
import { look } from './docker-look.ts';
import { restart } from './docker-restart.ts';
import { stop } from './docker-stop.ts';
import type { DockerReply, DockerRequest } from './docker-wire.ts';

/** `castellan adapter docker`: one request about containers, answered with the rights of the user whose they are. */
export const answerDocker = async (request: DockerRequest, startedMs = performance.now()): Promise<DockerReply> => {
  const leftMs = (): number => startedMs + request.limitMs - performance.now();
  // By the account database: there is no environment that could say otherwise.
  const user = userInfo();
  if (request.op === 'restart') return restart(request.argv, user, request.limitMs);
  const sockets = request.socket === null ? usualSockets(user.homedir) : [request.socket];
  return request.op === 'look'
    ? look(sockets, request.knownPorts, user.homedir, leftMs)
    : stop(sockets, request, leftMs, (ms) => sleep(ms));
};
