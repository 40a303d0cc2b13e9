import "@kitware/vtk.js/Rendering/Profiles/Geometry";
import vtkInteractorStyleTrackballCamera from "@kitware/vtk.js/Interaction/Style/InteractorStyleTrackballCamera";
import vtkCellArray from "@kitware/vtk.js/Common/Core/CellArray";
import vtkDataArray from "@kitware/vtk.js/Common/Core/DataArray";
import vtkPoints from "@kitware/vtk.js/Common/Core/Points";
import vtkPolyData from "@kitware/vtk.js/Common/DataModel/PolyData";
import vtkActor from "@kitware/vtk.js/Rendering/Core/Actor";
import vtkColorTransferFunction from "@kitware/vtk.js/Rendering/Core/ColorTransferFunction";
import vtkMapper from "@kitware/vtk.js/Rendering/Core/Mapper";
import vtkRenderWindow from "@kitware/vtk.js/Rendering/Core/RenderWindow";
import vtkRenderWindowInteractor from "@kitware/vtk.js/Rendering/Core/RenderWindowInteractor";
import vtkRenderer from "@kitware/vtk.js/Rendering/Core/Renderer";
import vtkOpenGLRenderWindow from "@kitware/vtk.js/Rendering/OpenGL/RenderWindow";
import { type Point, cross } from "./grid";
import { type Edges, edges } from "./letters";
import { rgb } from "./overlay";
import { type Surface, normals } from "./surfaces";

/** Growth of this much and more has the strongest colour: a range for the eye, not a limit. */
export const GROWTH_SHOWN_MM = 5;
/** Colours from shrunk over unchanged to grown. */
export const GROWTH_COLOURS = { shrunk: "#56b4e9", unchanged: "#b3bcc5", grown: "#e69f00" } as const;

/** A drawing of surfaces in an element. */
export interface Solid {
  show(surfaces: readonly Surface[]): void;
  resize(): void;
  turn(azimuth: number, elevation: number): void;
  end(): void;
}

/** The coloured surface of one lesion. */
function actorOf(surface: Surface) {
  const points = vtkPoints.newInstance();
  points.setData(surface.points, 3);
  const cells = new Uint32Array((surface.triangles.length / 3) * 4);
  for (let at = 0, to = 0; at < surface.triangles.length; at += 3, to += 4) {
    cells[to] = 3;
    cells.set(surface.triangles.subarray(at, at + 3), to + 1);
  }
  const body = vtkPolyData.newInstance();
  body.setPoints(points);
  body.setPolys(vtkCellArray.newInstance({ values: cells }));
  body.getPointData().setScalars(vtkDataArray.newInstance({ name: "growth", values: surface.growth_mm, numberOfComponents: 1 }));
  body.getPointData().setNormals(vtkDataArray.newInstance({ name: "Normals", values: normals(surface), numberOfComponents: 3 }));
  const colours = vtkColorTransferFunction.newInstance();
  colours.addRGBPoint(-GROWTH_SHOWN_MM, ...rgb(GROWTH_COLOURS.shrunk));
  colours.addRGBPoint(0, ...rgb(GROWTH_COLOURS.unchanged));
  colours.addRGBPoint(GROWTH_SHOWN_MM, ...rgb(GROWTH_COLOURS.grown));
  const mapper = vtkMapper.newInstance();
  mapper.setInputData(body);
  mapper.setLookupTable(colours);
  mapper.setScalarRange(-GROWTH_SHOWN_MM, GROWTH_SHOWN_MM);
  mapper.setUseLookupTableScalarRange(true);
  const actor = vtkActor.newInstance();
  actor.setMapper(mapper);
  actor.getProperty().setInterpolationToPhong();
  return actor;
}

/** Opens a drawing, seen from the front; `look` is told which sides are at its edges. */
export function solid(element: HTMLElement, look: (edges: Edges) => void): Solid {
  const renderer = vtkRenderer.newInstance({ background: [0, 0, 0] });
  const renderWindow = vtkRenderWindow.newInstance();
  renderWindow.addRenderer(renderer);
  const canvas = vtkOpenGLRenderWindow.newInstance();
  canvas.setContainer(element);
  renderWindow.addView(canvas);
  const interactor = vtkRenderWindowInteractor.newInstance();
  interactor.setView(canvas);
  interactor.initialize();
  interactor.bindEvents(element);
  interactor.setInteractorStyle(vtkInteractorStyleTrackballCamera.newInstance());
  const camera = renderer.getActiveCamera();
  const front = () => {
    camera.setFocalPoint(0, 0, 0);
    camera.setPosition(0, -1, 0);
    camera.setViewUp(0, 0, 1);
    renderer.resetCamera();
  };
  const watch = camera.onModified(() => {
    const forward = camera.getDirectionOfProjection() as unknown as Point;
    const right = cross(forward, camera.getViewUp() as unknown as Point);
    const size = Math.hypot(...right) || 1;
    const unit: Point = [right[0] / size, right[1] / size, right[2] / size];
    look(edges(cross(unit, forward), unit));
  });
  const resize = () => {
    const { width, height } = element.getBoundingClientRect();
    canvas.setSize(Math.max(1, Math.round(width * devicePixelRatio)), Math.max(1, Math.round(height * devicePixelRatio)));
    renderWindow.render();
  };
  return {
    show(surfaces) {
      renderer.removeAllViewProps();
      surfaces.forEach((one) => renderer.addActor(actorOf(one)));
      front();
      resize();
    },
    resize,
    turn(azimuth, elevation) {
      camera.azimuth(azimuth);
      camera.elevation(elevation);
      camera.orthogonalizeViewUp();
      renderer.resetCameraClippingRange();
      renderWindow.render();
    },
    end() {
      watch.unsubscribe();
      interactor.unbindEvents();
      interactor.delete();
      renderWindow.delete();
      canvas.setContainer(null as unknown as HTMLElement);
      canvas.delete();
    },
  };
}
