/**
 * The address of a source file of a checkout bundled with what it imports, built now if any source is new.
 * Rejects when it cannot be built, for example where nothing can be written.
 * @param {string} root folder of the checkout
 * @param {string} source path from there: `cli/main.ts`
 * @param {string} [sources] what `fingerprint` gives, where it is known
 * @returns {Promise<string>}
 */
export declare function bundleSource(root: string, source: string, sources?: string): Promise<string>;
/**
 * Changes when a source file does, or its place. Sizes and times decide: to read all files takes as long as it saves.
 * @param {string} root folder of the checkout
 * @param {readonly string[]} [folders] folders with sources
 * @param {readonly string[]} [files] other files that count
 */
export declare function fingerprint(root: string, folders?: readonly string[], files?: readonly string[]): string;
/**
 * Deletes bundles that no other process can still load.
 * @param {string} cache
 */
export declare function forgetOldBundles(cache: string): void;
