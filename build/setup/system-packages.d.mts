export type Need = 'node' | 'app' | 'tests';

export interface SystemPackage {
  readonly names: readonly [string, ...string[]];
  readonly need: Need;
  readonly reason: string;
}

export declare const systemPackages: readonly SystemPackage[];
export declare function packagesFor(need: Need): readonly SystemPackage[];
export declare function installedPackages(): ReadonlySet<string>;
export declare function missingPackages(need: Need, installed: ReadonlySet<string>): readonly SystemPackage[];
export declare function aptArguments(names: readonly string[]): readonly string[];
export declare function installCommand(need: Need): string | null;
export declare function installSystemPackages(need: Need, say: (line: string) => void): void;
