import type { ImagePreset } from '../pictures/presets';
import type { DataMapping } from './mapping';

/**
 * The mapping with every input that takes pictures preprocessed as a preset says; size, layout, channels and field stay.
 * `inputs`: the names of those inputs.
 */
export function applyPreset(
  mapping: DataMapping,
  preset: ImagePreset,
): { readonly mapping: DataMapping; readonly inputs: readonly string[] } {
  const changed: string[] = [];
  const inputs = Object.entries(mapping.inputs).map(([name, input]) => {
    if (!('image' in input)) return [name, input] as const;
    changed.push(name);
    const { width, height, layout, channels, array } = input.image;
    const image = preset.create({ width, height, layout, channels: channels === 'gray' ? 1 : 3 });
    return [name, { image: array === undefined ? image : { ...image, array } }] as const;
  });
  return { mapping: { ...mapping, inputs: Object.fromEntries(inputs) }, inputs: changed };
}
