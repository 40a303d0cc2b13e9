import { Button, type ButtonProps } from "@mantine/core";
import { createLink } from "@tanstack/react-router";
import type { AnchorHTMLAttributes, Ref } from "react";

type AnchorProps = Omit<AnchorHTMLAttributes<HTMLAnchorElement>, keyof ButtonProps> &
  ButtonProps & { ref?: Ref<HTMLAnchorElement> };

function Anchor(props: AnchorProps) {
  return <Button component="a" variant="default" size="compact-sm" {...props} />;
}

/** A way to another screen that looks like a button. */
export const LinkButton = createLink(Anchor);
