/** What was thrown, in words that go on a sentence. Of the system's own errors Node's message begins with the code. */
export const faultWords = (fault: unknown): string => (fault instanceof Error ? fault.message : String(fault));
