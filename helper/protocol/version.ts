/** Wire protocol of this build. A keeper also serves the one before it. */
export const protocolVersion = 1;
export const oldestProtocol = 1;

/** Version of the product, the same as in package.json (a test compares them). */
export const productVersion = '0.1.0';
