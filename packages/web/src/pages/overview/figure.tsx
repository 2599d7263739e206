import { Paper, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link } from 'react-router';

interface FigureProps {
  readonly label: string;
  readonly to: string;
  readonly figure: ReactNode;
  readonly children: ReactNode;
}

/** One figure of the overview; all of it leads to its page. */
export function Figure({ label, to, figure, children }: FigureProps) {
  return (
    <Paper withBorder p="sm" component={Link} to={to} c="inherit" td="none">
      <Text size="sm" c="dimmed">
        {label}
      </Text>
      <div className="hf-figure">{figure}</div>
      <Text size="sm" component="div">
        {children}
      </Text>
    </Paper>
  );
}
