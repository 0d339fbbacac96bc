/**
 * The two parts of prom-client 15.1.3 the gateway uses. Its entry loads the OpenTelemetry API, a digest for summaries and
 * metrics of the process, none of which is wanted.
 */
declare module 'prom-client/lib/registry.js' {
  export default class Registry {
    readonly contentType: string;
    metrics(): Promise<string>;
  }
}

declare module 'prom-client/lib/gauge.js' {
  import type Registry from 'prom-client/lib/registry.js';

  interface Options<Label extends string> {
    readonly name: string;
    readonly help: string;
    readonly labelNames?: readonly Label[];
    readonly registers: readonly Registry[];
  }
  export default class Gauge<Label extends string = never> {
    constructor(options: Options<Label>);
    set(value: number): void;
    /** A gauge without labels is not shown until it is set again. */
    remove(): void;
    set(labels: Readonly<Record<Label, string>>, value: number): void;
    reset(): void;
  }
}

declare module 'prom-client/lib/counter.js' {
  import type Registry from 'prom-client/lib/registry.js';

  interface Options<Label extends string> {
    readonly name: string;
    readonly help: string;
    readonly labelNames?: readonly Label[];
    readonly registers: readonly Registry[];
  }
  export default class Counter<Label extends string = never> {
    constructor(options: Options<Label>);
    inc(labels: Readonly<Record<Label, string>>, by: number): void;
    reset(): void;
  }
}
