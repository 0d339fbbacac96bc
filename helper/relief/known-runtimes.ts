/**
 * Programs that hold models and machines, with command lines as they really run: who thinks of a runtime by its name and
 * writes a pattern for that name may miss what holds the memory, or catch what only sounds like it.
 */
export interface KnownRuntime {
  readonly name: string;
  /** Found in the name or the pattern of an entry that means this runtime. */
  readonly mention: RegExp;
  /** What holds the memory: a pattern for the runtime should match each. */
  readonly commands: readonly string[];
  /** What it should leave alone. */
  readonly others: readonly string[];
  /** A pattern that does both; the example file has the same. */
  readonly pattern: string;
}

export const knownRuntimes: readonly KnownRuntime[] = [
  {
    name: 'LM Studio',
    mention: /lm[ _-]?studio/i,
    // LM Studio runs its models in a Node of its own below the user's home; the application is its window.
    commands: [
      '/Users/neo/.lmstudio/.internal/utils/node /Users/neo/.lmstudio/extensions/backends/llm-worker.js --port 41343',
      '/Users/neo/.lmstudio/.internal/utils/node',
    ],
    others: ['/opt/homebrew/bin/node /Users/neo/agents/council-gateway/main.js'],
    pattern: '\\.lmstudio/',
  },
  {
    name: 'sanctum-mlx',
    mention: /sanctum[ _-]?mlx/i,
    commands: ['/opt/sanctum/bin/sanctum-mlx --model Qwen3-35B-A3B-4bit --port 1337 --metal-wired-limit-mb 18432'],
    others: ['/usr/bin/tail -f /Users/neo/Library/Logs/sanctum-mlx.log'],
    pattern: '/sanctum-mlx(?: |$)',
  },
  {
    name: 'QEMU',
    mention: /qemu/i,
    commands: [
      '/opt/homebrew/bin/qemu-system-aarch64 -name openclaw -machine virt,accel=hvf -m 4096 -nographic',
      'qemu-system-aarch64 -machine virt -m 8192',
    ],
    others: [
      '/usr/bin/ssh neo@host pgrep qemu-system-aarch64',
      '/opt/homebrew/bin/qemu-img convert disk.raw disk.qcow2',
    ],
    pattern: '(?:^|/)qemu-system-aarch64(?: |$)',
  },
  {
    name: 'Apple virtual machines',
    mention: /com\\?\.apple\\?\.virtuali[sz]ation|virtualmachine|apple v(?:z|m|irtual machine)/i,
    commands: [
      '/System/Library/Frameworks/Virtualization.framework/Versions/A/XPCServices/com.apple.Virtualization.VirtualMachine.xpc/Contents/MacOS/com.apple.Virtualization.VirtualMachine',
    ],
    others: [
      '/System/Library/Frameworks/Virtualization.framework/Versions/A/XPCServices/com.apple.Virtualization.EventTap.xpc/Contents/MacOS/com.apple.Virtualization.EventTap',
    ],
    pattern: '/com\\.apple\\.Virtualization\\.VirtualMachine(?: |$)',
  },
  {
    name: 'Metal shader compiler',
    mention: /metal(?!-wired)/i,
    commands: [
      '/Applications/Xcode.app/Contents/Developer/Toolchains/XcodeDefault.xctoolchain/usr/bin/metal -x metal -c kernels.metal -o kernels.air',
      '/usr/bin/metal -target air64-apple-macos14.0 -x metal -std=metal3.1 kernels.metal',
    ],
    others: [
      '/System/Library/Frameworks/Metal.framework/Versions/A/XPCServices/MTLCompilerService.xpc/Contents/MacOS/MTLCompilerService',
      '/usr/bin/metal --version',
    ],
    pattern: '/metal(?: |$).*?-x metal',
  },
  {
    name: 'Docker',
    mention: /docker/i,
    // With Apple's framework the guest itself is com.apple.Virtualization.VirtualMachine; this is what Docker puts before it.
    commands: [
      '/Applications/Docker.app/Contents/MacOS/com.docker.virtualization --kernel /Applications/Docker.app/Contents/Resources/linuxkit/kernel --memory 8092',
    ],
    others: ['/usr/local/bin/docker ps --all', '/Applications/Docker.app/Contents/MacOS/com.docker.backend services'],
    pattern: '/com\\.docker\\.virtualization(?: |$)',
  },
  {
    name: 'ollama',
    mention: /ollama/i,
    commands: [
      '/Applications/Ollama.app/Contents/Resources/ollama runner --model /Users/neo/.ollama/models/blobs/sha256-5c56bb0256 --port 52341',
      '/usr/local/bin/ollama runner --ollama-engine --model /usr/share/ollama/.ollama/models/blobs/sha256-5c56bb0256 --port 41813',
      '/usr/local/lib/ollama/runners/cuda_v12_avx/ollama_llama_server runner --model /home/neo/.ollama/models/blobs/sha256-5c56bb0256',
    ],
    others: ['/usr/local/bin/ollama run llama3.2', '/Applications/Ollama.app/Contents/Resources/ollama serve'],
    pattern: '(?:^|/)ollama(?:_llama_server)? runner ',
  },
];
