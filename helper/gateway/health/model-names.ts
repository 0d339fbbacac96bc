/**
 * Whether the model that answered is the one that was asked for. Servers give one model several names: with the account that
 * published it or without, as the path of its folder or file, with the suffix of its format, or with the tag that goes without
 * saying. So the two are the same when one is the end of the other, part by part: `qwen3-35b` is `mlx-community/qwen3-35b` and
 * `/models/mlx-community/qwen3-35b.gguf`, and `mlx-community/qwen3-35b` is not `somebody-else/qwen3-35b`.
 */

const partsOf = (name: string): readonly string[] =>
  name
    .replace(/(?:\.gguf|:latest)$/i, '')
    .split(/[/\\]/)
    .filter((part) => part !== '');

export const isSameModel = (asked: string, answered: string): boolean => {
  if (asked === answered) return true;
  const [one, other] = [partsOf(asked), partsOf(answered)];
  const shared = Math.min(one.length, other.length);
  return shared > 0 && one.slice(-shared).join('/') === other.slice(-shared).join('/');
};
