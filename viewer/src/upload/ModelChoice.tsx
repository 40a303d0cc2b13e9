import { NativeSelect, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { models } from "../admin/asks";

/** Which model is used; what it was not made for stands below. */
export function ModelChoice({ value, change }: { value: string; change: (model: string) => void }) {
  const { t } = useTranslation("upload");
  const known = useQuery(models).data ?? [];
  const chosen = known.find((model) => (value ? model.name === value : model.is_default));
  return (
    <div>
      <NativeSelect
        label={t("model")}
        w={320}
        value={value}
        onChange={(event) => change(event.currentTarget.value)}
        data={[{ value: "", label: t("usualModel") }, ...known.map((model) => ({ value: model.name, label: `${model.name} ${model.version}` }))]}
      />
      {chosen && chosen.limitations.length > 0 ? (
        <Text size="xs" c="dimmed" maw={640} dir="auto">
          {chosen.limitations.join(" ")}
        </Text>
      ) : null}
    </div>
  );
}
