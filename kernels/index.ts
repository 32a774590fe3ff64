/** All kernels are one module, of which each user has an instance with a memory of its own. */
export { round4, round4Symmetric, round8, round8Symmetric } from './column-blocks';
export { roundBytes, roundNibbles, widen } from './columns';
export { multiplyFloat32, multiplyFloat64 } from './dot-products';
export { roundNibbleRows, roundNibbleRowsSymmetric } from './nibble-rows';
