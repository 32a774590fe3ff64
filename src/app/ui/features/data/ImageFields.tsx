/** Fields for the conversion of a picture to a tensor: a preset, and all its settings. */
import { Button, Select } from '@mantine/core';
import { useState } from 'react';
import { largestSide, type ImagePreprocessing } from '../../../../engine/data/mapping/mapping';
import { imagePresets } from '../../../../engine/data/pictures/presets';
import { standardizeInputs } from '../../../state/data/data-actions';
import { presetOf, targetOf } from '../../../state/data/data-mapping';
import classes from './data.module.css';
import { Note } from '../../components/Note';
import { NumberField, NumbersField, type NumberFieldProps } from '../../components/NumberField';

interface ImageFieldsProps {
  readonly image: ImagePreprocessing;
  /** `field`: what was changed; typing in one field is one step of undo. */
  readonly onChange: (image: ImagePreprocessing, field: string) => void;
}

const own = 'own';
const thisData = 'this-data';

export function ImageFields({ image, onChange }: ImageFieldsProps) {
  const preset = presetOf(image);
  const [opened, setOpened] = useState(false);
  const choose = (id: string | null): void => {
    if (id === thisData) void standardizeInputs();
    const chosen = imagePresets.find((candidate) => candidate.id === id);
    if (chosen === undefined) return;
    const { array } = image;
    onChange({ ...chosen.create(targetOf(image)), ...(array !== undefined && { array }) }, 'preset');
  };
  return (
    <>
      <div className={classes.row}>
        <Select
          label="Preprocessing"
          data={[
            ...imagePresets.map(({ id, title }) => ({ value: id, label: `${title} (${id})` })),
            { value: thisData, label: `Mean and std of this data (${thisData})` },
            ...(preset === null ? [{ value: own, label: 'Custom' }] : []),
          ]}
          value={preset?.id ?? own}
          onChange={choose}
          allowDeselect={false}
        />
      </div>
      <Note>
        {preset?.explanation ?? 'Custom settings.'} {image.width} × {image.height}, {image.layout}, {image.channels}.
      </Note>
      <div>
        <Button
          variant="default"
          size="compact-sm"
          aria-expanded={opened}
          onClick={() => setOpened((before) => !before)}
        >
          {opened ? 'Hide settings' : 'Adjust settings'}
        </Button>
      </div>
      {opened ? <Settings image={image} onChange={onChange} /> : null}
    </>
  );
}

const fits = [
  { value: 'exact', label: 'Stretch' },
  { value: 'cover', label: 'Fill and crop' },
  { value: 'contain', label: 'Fit inside, pad' },
];
const filters = [
  { value: 'bilinear', label: 'Bilinear' },
  { value: 'bicubic', label: 'Bicubic' },
  { value: 'nearest', label: 'Nearest' },
];
const channelOrders = [
  { value: 'rgb', label: 'RGB' },
  { value: 'bgr', label: 'BGR' },
  { value: 'gray', label: 'Gray' },
];

function Settings({ image, onChange }: ImageFieldsProps) {
  const set = <Key extends keyof ImagePreprocessing>(key: Key, value: ImagePreprocessing[Key]): void =>
    onChange({ ...image, [key]: value }, key);
  const each = { count: image.channels === 'gray' ? 1 : 3, name: 'channels' };
  return (
    <div className={classes.small}>
      <SideField label="Width" value={image.width} onChange={(value) => set('width', value)} />
      <SideField label="Height" value={image.height} onChange={(value) => set('height', value)} />
      <Choice label="Fit" data={fits} value={image.fit} onChange={(value) => set('fit', value)} />
      {image.fit === 'cover' ? (
        <SideField
          label="Shorter side"
          value={image.shorterSide ?? Math.min(image.width, image.height)}
          onChange={(value) => set('shorterSide', value)}
        />
      ) : null}
      {image.fit === 'contain' ? (
        <NumberField
          label="Padding (0–255)"
          value={image.padding ?? 0}
          least={0}
          most={255}
          isWhole
          onChange={(value) => set('padding', value)}
        />
      ) : null}
      <Choice label="Filter" data={filters} value={image.filter} onChange={(value) => set('filter', value)} />
      <Choice label="Layout" data={layouts} value={image.layout} onChange={(value) => set('layout', value)} />
      <Choice
        label="Channels"
        data={channelOrders}
        value={image.channels}
        onChange={(channels) => onChange(withChannels(image, channels), 'channels')}
      />
      <NumberField label="Scale" value={image.scale} isFraction onChange={(value) => set('scale', value)} />
      <NumbersField label="Mean" values={image.mean} each={each} onChange={(value) => set('mean', value)} />
      <NumbersField label="Std" values={image.std} each={each} areDivisors onChange={(value) => set('std', value)} />
    </div>
  );
}

/** Pixels of one side. */
function SideField(props: Pick<NumberFieldProps, 'label' | 'value' | 'onChange'>) {
  return <NumberField {...props} least={1} most={largestSide} isWhole />;
}

const layouts = [
  { value: 'NCHW', label: 'NCHW' },
  { value: 'NHWC', label: 'NHWC' },
];

/** A gray picture has one mean; three channels can share it. */
function withChannels(image: ImagePreprocessing, channels: ImagePreprocessing['channels']): ImagePreprocessing {
  if (channels !== 'gray') return { ...image, channels };
  return { ...image, channels, mean: image.mean.slice(0, 1), std: image.std.slice(0, 1) };
}

interface ChoiceProps<Value extends string> {
  readonly label: string;
  readonly data: readonly { readonly value: string; readonly label: string }[];
  readonly value: Value;
  readonly onChange: (value: Value) => void;
}

function Choice<Value extends string>({ label, data, value, onChange }: ChoiceProps<Value>) {
  return (
    <Select
      label={label}
      data={[...data]}
      value={value}
      onChange={(next) => next !== null && onChange(next as Value)}
      allowDeselect={false}
    />
  );
}
