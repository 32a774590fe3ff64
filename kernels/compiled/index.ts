/** Kernels of compiled models. The exporter copies those that a model uses, so each export is one kernel. */
export { apply } from './activations';
export { depthwise, depthwise3x3, depthwise3x3Stride2, depthwise5x5, depthwise5x5Stride2 } from './depthwise';
export { add, div, expLog, maximum, minimum, mul, power, prelu, sub, unary } from './elementwise';
export { gemm, pack } from './gemm';
export { gemmOfCodes } from './low-bits';
export { copy, copyBytes, copyWide, fill, fillBytes, softmax } from './moves';
export { pool } from './pool';
export { add8, dequantize, lookup, quantize, quantizeDynamic } from './quantize';
export { depthwise8, depthwise8of3, depthwise8of3Stride2, gemm8, gemm8ToFloats } from './integers';
export { gru, lstm } from './recurrent';
export { resize } from './resize';
export { normalize, place, reduce } from './rows';
export { choose, combineValues, convert, gather, isSpecial } from './values';
