// `npm run gallery [STATE | -- --pictures]`. Starts on any Node >= 20.
import path from 'node:path';
import { execPinned, root } from './setup/pinned-node.mjs';
import { setup } from './setup.mjs';

await setup('tests');
execPinned([path.join(root, 'test', 'gallery', 'main.ts'), ...process.argv.slice(2)]);
