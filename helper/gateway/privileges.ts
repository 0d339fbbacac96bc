import type { GatewayAccount } from '../keeper/server/gateway-account.ts';

/**
 * A gateway that was started by root becomes the gateway's account before it opens anything: groups first, then group, then
 * user, since whoever is not root any more can change none of them (setgroups(2), setgid(2), setuid(2); as root all three
 * set the real, effective and saved ids). Null when it is done and cannot be undone; else why not.
 */
export const dropPrivileges = ({ uid, gid }: GatewayAccount): string | null => {
  const { getuid, setgroups, setgid, setuid } = process;
  if (getuid === undefined || setgroups === undefined || setgid === undefined || setuid === undefined)
    return 'this system has no accounts';
  if (getuid() !== 0)
    return getuid() === uid ? null : `it runs as uid ${getuid()}, and only root can become uid ${uid}`;
  if (uid === 0) return 'the gateway never runs as root';
  try {
    setgroups([gid]);
    setgid(gid);
    setuid(uid);
  } catch (error) {
    return `it cannot become uid ${uid}: ${error instanceof Error ? error.message : String(error)}`;
  }
  return isFinal(uid, gid) ? null : `it still has the rights of root after it became uid ${uid}`;
};

const isFinal = (uid: number, gid: number): boolean => {
  const now = [process.getuid?.(), process.geteuid?.(), process.getgid?.(), process.getegid?.()];
  if (now[0] !== uid || now[1] !== uid || now[2] !== gid || now[3] !== gid) return false;
  if (process.getgroups?.().some((group) => group !== gid) === true) return false;
  try {
    process.setuid?.(0);
    return false;
  } catch {
    return true;
  }
};
