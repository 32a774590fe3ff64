/** The original and everything made of it. Selecting a variant also shows its recipe. */
import { ActionIcon, Menu, TextInput, UnstyledButton } from '@mantine/core';
import { useState } from 'react';
import { formatBytes, formatChange, formatExactBytes } from '../../../../engine/format';
import { commandById } from '../../../commands/command-registry';
import { deleteVariant, renameVariant, selectVariant } from '../../../state/recipe/variant-actions';
import { isUnchanged, originalBytes } from '../../../state/workspace/selectors';
import { useWorkspace } from '../../../state/workspace/use-stores';
import { originalId, type Variant } from '../../../state/workspace/workspace-store';
import { Term } from '../../components/Term';
import { VariantDot } from '../../components/VariantDot';
import { MoreIcon, PlusIcon } from '../../components/icons';
import { colorOfIndex, originalColor } from '../../theme/variant-color';
import classes from './SidePanel.module.css';

export function VariantList() {
  const original = useWorkspace((state) => state.original);
  const variants = useWorkspace((state) => state.variants);
  const selected = useWorkspace((state) => state.selected);
  if (original === null) return null;
  const compare = commandById('compare-file');
  return (
    <section aria-labelledby="variants-title">
      <div className={classes.recipeHeader}>
        <h2 id="variants-title">
          <Term name="Variant">Variants</Term>
        </h2>
        <ActionIcon
          variant="subtle"
          color="ink"
          aria-label={compare.label}
          title={compare.label}
          onClick={compare.perform}
        >
          <PlusIcon />
        </ActionIcon>
      </div>
      <ul className={classes.variantList} data-testid="variants">
        <li className={classes.variantRow} data-selected={selected === originalId}>
          <UnstyledButton
            className={classes.choose}
            aria-pressed={selected === originalId}
            onClick={() => selectVariant(originalId)}
          >
            <VariantDot color={originalColor} hollow />
            <span className={classes.variantName}>original</span>
            <span className={classes.size} title={formatExactBytes(originalBytes(original))}>
              {formatBytes(originalBytes(original))}
            </span>
          </UnstyledButton>
        </li>
        {variants.map((variant) => (
          <VariantRow key={variant.id} variant={variant} selected={selected === variant.id} />
        ))}
      </ul>
    </section>
  );
}

function VariantRow({ variant, selected }: { readonly variant: Variant; readonly selected: boolean }) {
  const [renaming, setRenaming] = useState(false);
  const { sizeBytes } = variant.optimization;
  if (renaming) return <RenameField variant={variant} onDone={() => setRenaming(false)} />;
  return (
    <li className={classes.variantRow} data-selected={selected}>
      <UnstyledButton
        className={classes.choose}
        aria-pressed={selected}
        onClick={() => selectVariant(variant.id)}
        onDoubleClick={() => setRenaming(true)}
      >
        <VariantDot color={colorOfIndex(variant.colorIndex)} />
        <span className={classes.variantName}>{variant.name}</span>
        <span className={classes.size} title={formatExactBytes(sizeBytes.variant)}>
          {isUnchanged(variant) ? (
            'unchanged'
          ) : (
            <>
              {formatBytes(sizeBytes.variant)}{' '}
              <span className={classes.delta}>{formatChange(sizeBytes.original, sizeBytes.variant)}</span>
            </>
          )}
        </span>
      </UnstyledButton>
      <VariantMenu variant={variant} onRename={() => setRenaming(true)} />
    </li>
  );
}

function VariantMenu({ variant, onRename }: { readonly variant: Variant; readonly onRename: () => void }) {
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="subtle" color="ink" aria-label={`More for ${variant.name}`}>
          <MoreIcon />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={onRename}>Rename</Menu.Item>
        <Menu.Item onClick={() => deleteVariant(variant.id)}>Delete</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function RenameField({ variant, onDone }: { readonly variant: Variant; readonly onDone: () => void }) {
  return (
    <li className={classes.variantRow}>
      <TextInput
        className={classes.rename}
        aria-label={`New name of ${variant.name}`}
        defaultValue={variant.name}
        maxLength={80}
        autoFocus
        onFocus={(event) => event.currentTarget.select()}
        onKeyDown={(event) => {
          if (event.key === 'Enter') event.currentTarget.blur();
          if (event.key !== 'Escape') return;
          event.stopPropagation();
          // Leaving the field renames; Escape leaves it with the old name.
          event.currentTarget.value = variant.name;
          onDone();
        }}
        onBlur={(event) => {
          renameVariant(variant.id, event.currentTarget.value);
          onDone();
        }}
      />
    </li>
  );
}
