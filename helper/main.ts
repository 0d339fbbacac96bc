/**
 * One executable, roles by first argument. Each role is imported only when it is asked for, so that no role pays for,
 * or can be attacked through, the libraries of another.
 */
const main = async (argv: readonly string[]): Promise<number> => {
  const [role, ...rest] = argv;
  if (role === 'keeper') return (await import('./keeper/role.ts')).runKeeper(rest);
  if (role === 'deadman') return (await import('./deadman/role.ts')).runDeadman(rest);
  if (role === 'gateway') return (await import('./gateway/role.ts')).runGateway(rest);
  if (role === 'supervisor') return (await import('./supervisor/role.ts')).runSupervisor(rest);
  if (role === 'adapter') return (await import('./adapters/role.ts')).runAdapter(rest);
  if (role === 'append-alert') return (await import('./journal/append-alert.ts')).runAppendAlert(rest);
  if (role === 'cutover-files') return (await import('./install/cutover/files.ts')).runCutoverFiles();
  if (role === 'self-check') return (await import('./self-check/role.ts')).runSelfCheck();
  return (await import('./cli/main.ts')).run(argv);
};

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (fault: unknown) => {
    process.stderr.write(`castellan: ${fault instanceof Error ? (fault.stack ?? fault.message) : String(fault)}\n`);
    process.exitCode = 70;
  },
);
