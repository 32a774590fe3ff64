/** One number of the server that is set. A change counts at once. */
import { useStore } from 'zustand';
import {
  changeServingSettings,
  limitsOf,
  servingSettingsStore,
  type ServingNumber,
} from '../../../state/serving/serving-settings';
import { NumberField } from '../../components/NumberField';

export function ServingNumberField({ name, label }: { readonly name: ServingNumber; readonly label: string }) {
  const value = useStore(servingSettingsStore, (settings) => settings[name]);
  return (
    <NumberField
      label={label}
      value={value}
      {...limitsOf(name)}
      onChange={(next) => changeServingSettings({ [name]: next })}
    />
  );
}
