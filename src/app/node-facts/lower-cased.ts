/** A title in the middle of a text. Proper names such as SQNR keep their letters. */
export function lowerCased(title: string): string {
  return /^[A-Z][a-z]/.test(title) ? title.charAt(0).toLowerCase() + title.slice(1) : title;
}
