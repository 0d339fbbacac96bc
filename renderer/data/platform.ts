/** Whether macOS' own signs and settings are meant. */
export const isMac = (): boolean => navigator.platform.startsWith('Mac');
