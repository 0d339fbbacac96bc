export type StartArguments =
  | {
      readonly kind: 'run';
      /** From the first reading; null for no end. */
      readonly seconds: number | null;
      readonly host: 'linux' | 'darwin' | 'sim';
      readonly runDirectory: string | null;
      readonly config: string | null;
      /** Start the menu-bar app. */
      readonly app: boolean;
    }
  | { readonly kind: 'help' }
  | { readonly kind: 'wrong'; readonly problem: string };

export declare const usage: string;
export declare function hasDisplay(platform: NodeJS.Platform, env: NodeJS.ProcessEnv): boolean;
export declare function parseStart(
  argv: readonly string[],
  platform?: NodeJS.Platform,
  env?: NodeJS.ProcessEnv,
): StartArguments;
