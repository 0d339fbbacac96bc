/** What a keeper of the campaign is told. */
export type KeeperOrder =
  | { readonly do: 'freeze'; readonly plan: number; readonly pids: readonly number[]; readonly limitMs: number }
  | { readonly do: 'resume'; readonly plan: number }
  /** It ends in order. */
  | { readonly do: 'close' };
