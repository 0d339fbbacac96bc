import { signMac } from './sign.ts';

/**
 * electron-builder's hook for signing, so that one who runs it by itself gets the same signatures: nested code by its own
 * identifiers and entitlements, from the inside out. Notarization and the package are then electron-builder's.
 *
 * @param options as electron-builder gives them; of them only the bundle is used
 */
export default function sign({ app }: { readonly app: string }): void {
  const say = (line: string): void => {
    process.stdout.write(`${line}\n`);
  };
  const argv = ['--app-only', '--app', app];
  const code = signMac({ argv, env: process.env, platform: process.platform, say });
  if (code !== 0) throw new Error(`sign:mac ended with code ${code}`);
}
