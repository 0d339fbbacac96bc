import { en } from 'zod/locales';
import { config } from 'zod/mini';

/** `zod/mini` brings no words of its own: without these every refusal would read "Invalid input". */
config(en());
