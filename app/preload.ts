import { contextBridge, ipcRenderer } from 'electron';
import { makeBridge } from './ipc/preload-side.ts';

contextBridge.exposeInMainWorld('castellan', makeBridge(ipcRenderer));
