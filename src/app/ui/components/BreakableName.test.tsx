import { renderToStaticMarkup } from 'react-dom/server';
import { expect, it } from 'vitest';
import { BreakableName } from './BreakableName';

const rendered = (text: string) => renderToStaticMarkup(<BreakableName text={text} />);

it('breaks between words, and nowhere else', () => {
  expect(rendered('DynamicQuantizeLinear')).toBe('Dynamic<wbr/>Quantize<wbr/>Linear');
  expect(rendered('/layers.0/MatMul_quant')).toBe('/<wbr/>layers.<wbr/>0/<wbr/>Mat<wbr/>Mul_<wbr/>quant');
  expect(rendered('float32')).toBe('float32');
  expect(rendered('LSTM')).toBe('LSTM');
});
