/** What is said when the helper could not be asked. As the menu bar does, the interface calls all of Castellan's daemons its helper. */

export const notAnswering = 'The helper does not answer now.';
export const couldNotAsk = 'The app could not ask the helper.';
export const nothingKnown = `${couldNotAsk} Nothing is known to have been done.`;
