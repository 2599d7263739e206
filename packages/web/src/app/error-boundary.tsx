// What a page shows when it fails by itself.

import { Button, Container, Stack, Text, Title } from '@mantine/core';
import { Component, type ReactNode } from 'react';

export class ErrorBoundary extends Component<{ readonly children: ReactNode }, { error: Error | undefined }> {
  override state = { error: undefined as Error | undefined };

  static getDerivedStateFromError(error: Error) {
    return { error };
  }

  override render() {
    const { error } = this.state;
    if (error === undefined) return this.props.children;
    return (
      <Container size="sm" py="xl" role="alert">
        <Stack align="flex-start">
          <Title order={1} size="h3">
            This page broke
          </Title>
          <Text size="sm">{error.message}. Nothing was changed by that; the server is not concerned.</Text>
          <Button onClick={() => location.reload()}>Load it again</Button>
        </Stack>
      </Container>
    );
  }
}
