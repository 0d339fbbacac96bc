// `npm test [-- STAGE… | FILE…]`: all the set-up, then every test that can run here. Starts on any Node >= 20.
import path from 'node:path';
import { execPinned, root } from './setup/pinned-node.mjs';
import { setup } from './setup.mjs';

await setup('tests');
// The channel lets the runner see the end of this process and end its tests with it.
execPinned([path.join(root, 'build', 'testing', 'main.ts'), ...process.argv.slice(2)], { onMessage: () => {} });
