#!/usr/bin/env node
// The pinned Node, whatever Node is installed: `node build/bin/node.mjs FILE ARGS…`.
import { execPinned } from '../setup/pinned-node.mjs';

execPinned(process.argv.slice(2));
