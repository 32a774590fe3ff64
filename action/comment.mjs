/**
 * `node comment.mjs <file>`: writes the file as the comment of the action on the pull request. Each model has one comment,
 * which later runs replace.
 */
import { readFileSync } from 'node:fs';

const { GITHUB_API_URL, GITHUB_REPOSITORY, PULL_REQUEST, MODEL_NAME = '', TOKEN } = process.env;
const marker = `<!-- pareto check ${encodeURIComponent(MODEL_NAME)} -->`;
const perPage = 100;

const body = `${marker}\n${readFileSync(process.argv[2] ?? '', 'utf8')}`;
const last = await findComment();
if (last === undefined) await request('POST', `issues/${PULL_REQUEST}/comments`, { body });
else await request('PATCH', `issues/comments/${last}`, { body });

/** @returns {Promise<number | undefined>} the id of the last comment that begins with the marker */
async function findComment() {
  /** @type {number | undefined} */
  let found;
  for (let page = 1; ; page += 1) {
    const comments = await request('GET', `issues/${PULL_REQUEST}/comments?per_page=${perPage}&page=${page}`);
    for (const comment of comments) if (comment.body?.startsWith(marker)) found = comment.id;
    if (comments.length < perPage) return found;
  }
}

/**
 * @param {string} method
 * @param {string} path within the repository
 * @param {object} [content]
 */
async function request(method, path, content) {
  const response = await fetch(`${GITHUB_API_URL}/repos/${GITHUB_REPOSITORY}/${path}`, {
    method,
    headers: {
      accept: 'application/vnd.github+json',
      authorization: `Bearer ${TOKEN}`,
      'content-type': 'application/json',
      'user-agent': 'pareto-check',
    },
    ...(content && { body: JSON.stringify(content) }),
  });
  if (!response.ok) throw new Error(`GitHub answered ${response.status} to ${method} ${path}.`);
  return response.json();
}
