// A dialog over the page. Its head is no landmark of the document, as that of the library would be.

import { Group, Modal } from '@mantine/core';
import type { ReactNode } from 'react';

interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly opened?: boolean;
  readonly size?: 'md' | 'lg';
  readonly children: ReactNode;
}

export function Dialog({ title, onClose, opened = true, size = 'md', children }: DialogProps) {
  return (
    <Modal.Root opened={opened} onClose={onClose} size={size}>
      <Modal.Overlay />
      <Modal.Content>
        <Group justify="space-between" px="md" pt="md" pb="xs" wrap="nowrap">
          <Modal.Title fw={650}>{title}</Modal.Title>
          <Modal.CloseButton aria-label="Close" />
        </Group>
        <Modal.Body>{children}</Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}
