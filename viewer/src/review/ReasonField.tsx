import { TextInput } from "@mantine/core";

/** Why, in the human's own words. */
export function ReasonField(props: { label: string; value: string; isReadOnly: boolean; change: (value: string) => void }) {
  const { label, value, isReadOnly, change } = props;
  return (
    <TextInput
      size="xs"
      label={label}
      dir="auto"
      maxLength={1000}
      readOnly={isReadOnly}
      value={value}
      onChange={(event) => change(event.currentTarget.value)}
    />
  );
}
