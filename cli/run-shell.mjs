/** The oldest Node that Pareto runs in: major and minor version. */
export const leastNode = [20, 19];

/**
 * Runs the command line, unless this Node is too old to read it.
 * @param {() => Promise<{ main: (argv: readonly string[]) => Promise<number> }>} load
 */
export async function runShell(load) {
  const refusal = refusalOfNode(process.versions.node);
  if (refusal === undefined) {
    const { main } = await load();
    process.exitCode = await main(process.argv.slice(2));
  } else {
    process.stderr.write(`${refusal}\n`);
    process.exitCode = 1;
  }
}

/**
 * The sentence for a Node that is too old; `undefined` for any other.
 * @param {string} version as in `process.versions.node`
 */
export function refusalOfNode(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [leastMajor = 0, leastMinor = 0] = leastNode;
  if (major > leastMajor || (major === leastMajor && minor >= leastMinor)) return undefined;
  return `Pareto needs Node ${leastNode.join('.')} or later. This is Node ${version}.`;
}
