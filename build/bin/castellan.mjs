#!/usr/bin/env node
// `npx castellan …` from a checkout: the command line, unbuilt, on the pinned Node.
import path from 'node:path';
import { execPinned, root } from '../setup/pinned-node.mjs';

execPinned([path.join(root, 'helper', 'main.ts'), ...process.argv.slice(2)]);
