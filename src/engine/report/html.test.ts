import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { reportToHtml } from './html';
import { reportOfExample } from './testing/report-source';

const report = reportOfExample();

describe('a report as HTML', () => {
  it('holds the contents of the Markdown, as headings, tables and lists', () => {
    const html = reportToHtml(report);
    expect(html).toContain('<h1>model.onnx: optimization report</h1>');
    expect(html).toMatch(/<thead><tr><th>Variant<\/th><th>Size<\/th><th>After gzip<\/th><th>Latency, WASM<\/th>/);
    expect(html).toMatch(/<td>int8 \(dynamic\)<\/td><td>2\.90.MB \(−73.%\)<\/td>/u);
    expect(html).toContain(
      '<li><code>quantize-dynamic</code>: 1 changed, 2 unchanged<br>2 unchanged: It would be slow.</li>',
    );
    expect(html).not.toMatch(/\\[\\`*_[\]<>|#]/);
  });

  it('loads and runs nothing with hostile names', () => {
    const names = fc.oneof(
      fc.string(),
      fc.constantFrom(
        '<script>alert(1)</script>',
        '`</code><img src=x onerror=alert(1)>',
        'a|b\\|c',
        '"><svg/onload=x>',
        '\\',
      ),
    );
    fc.assert(
      fc.property(names, names, (model, variant) => {
        const html = reportToHtml({
          ...report,
          model: { ...report.model, name: model },
          variants: [{ ...report.variants[0]!, name: variant }],
        });
        const tags = new Set(Array.from(html.matchAll(/<\/?([a-z!][\w]*)/gi), ([, tag]) => tag!.toLowerCase()));
        const allowed = ['!doctype', 'html', 'meta', 'title', 'style', 'h1', 'h2', 'h3', 'p', 'div', 'table', 'thead'];
        const more = ['tbody', 'tr', 'th', 'td', 'ul', 'li', 'br', 'code'];
        expect([...tags].filter((tag) => !allowed.includes(tag) && !more.includes(tag))).toEqual([]);
        expect(html.replaceAll(/<style>[^]*<\/style>/g, '')).not.toMatch(/<[^>]*\bon\w+=/i);
      }),
    );
  });
});
