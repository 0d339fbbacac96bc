/** @param file of the lock; its folder is made when it is missing */
export function withSetupLock<T>(file: string, say: (line: string) => void, work: () => Promise<T>): Promise<T>;
