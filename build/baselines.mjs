// `npm run baselines`: draws the pictures anew that the popover is held to (test/e2e/baselines). Starts on any Node >= 20.
import path from 'node:path';
import { execPinned, root } from './setup/pinned-node.mjs';
import { setup } from './setup.mjs';

await setup('tests');
process.env.CASTELLAN_BASELINES = 'update';
execPinned([path.join(root, 'build', 'testing', 'main.ts'), 'test/e2e/baselines.test.ts'], { onMessage: () => {} });
