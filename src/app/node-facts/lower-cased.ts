/** A title in the middle of a text. Names of their own stay as they are, as SQNR does. */
export function lowerCased(title: string): string {
  return /^[A-Z][a-z]/.test(title) ? title.charAt(0).toLowerCase() + title.slice(1) : title;
}
