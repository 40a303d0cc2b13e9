import { RenderingEngine, Enums, cache, init, volumeLoader, setVolumesForViewports } from "@cornerstonejs/core";
import { init as toolsInit, addTool, WindowLevelTool, PanTool, ZoomTool, LengthTool, ToolGroupManager, segmentation, Enums as TE } from "@cornerstonejs/tools";
export function Compare() {
  console.log(RenderingEngine, Enums, cache, init, volumeLoader, setVolumesForViewports, toolsInit, addTool, WindowLevelTool, PanTool, ZoomTool, LengthTool, ToolGroupManager, segmentation.addSegmentations, segmentation.addLabelmapRepresentationToViewportMap, TE);
  return <p>Compare</p>;
}
