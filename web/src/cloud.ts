// The point cloud, drawn by three.js: a chunk that is fetched when it is first asked for.
import type { PointCloud } from 'isobath'
import {
  BufferAttribute,
  BufferGeometry,
  PerspectiveCamera,
  Points,
  PointsMaterial,
  Scene,
  SRGBColorSpace,
  Vector3,
  WebGLRenderer,
} from 'three'
import { OrbitControls } from 'three/addons/controls/OrbitControls.js'

const TURN = 0.06
const ZOOM = 1.12

/** A view of points that lies in `host` and draws only when something moved. */
export class CloudView {
  private readonly renderer: WebGLRenderer
  private readonly scene = new Scene()
  private readonly camera = new PerspectiveCamera(50, 1, 0.01, 1000)
  private readonly controls: OrbitControls
  private readonly observer: ResizeObserver
  private readonly keys = (event: KeyboardEvent) => this.onKey(event)
  private points?: Points<BufferGeometry, PointsMaterial>
  private asked = false

  constructor(private readonly host: HTMLElement) {
    this.renderer = new WebGLRenderer({ antialias: true, alpha: true })
    this.renderer.outputColorSpace = SRGBColorSpace
    this.renderer.setPixelRatio(Math.min(2, devicePixelRatio))
    host.append(this.renderer.domElement)
    this.controls = new OrbitControls(this.camera, this.renderer.domElement)
    this.controls.addEventListener('change', () => this.ask())
    host.addEventListener('keydown', this.keys)
    this.observer = new ResizeObserver(() => this.resize())
    this.observer.observe(host)
  }

  /** Shows points, seen from near where the camera stood; `fov` is its vertical angle in degrees. */
  show({ positions, colors, count }: PointCloud, fov: number, keepView = false): void {
    const up = new Float32Array(count * 3)
    const depths = new Float32Array(Math.min(count, 4096))
    const stride = Math.max(1, Math.floor(count / depths.length))
    for (let i = 0; i < count * 3; i++) up[i] = i % 3 ? -positions[i] : positions[i]
    for (let i = 0; i < depths.length; i++) depths[i] = positions[i * stride * 3 + 2]
    depths.sort()
    const middle = depths[depths.length >> 1] || 1
    const geometry = new BufferGeometry()
    geometry.setAttribute('position', new BufferAttribute(up, 3))
    geometry.setAttribute('color', new BufferAttribute(linear(colors), 3, true))
    this.remove()
    // A point is as large as its pixel's share of the picture at the middle distance.
    const size = (2.2 * middle * Math.tan((fov * Math.PI) / 360) * 2) / Math.sqrt(count || 1)
    this.points = new Points(geometry, new PointsMaterial({ size, vertexColors: true }))
    this.scene.add(this.points)
    if (!keepView) {
      this.camera.fov = fov
      this.camera.near = middle / 200
      this.camera.far = middle * 200
      this.camera.position.set(middle * 0.16, middle * 0.1, middle * 0.12)
      this.controls.target.set(0, 0, -middle)
      this.controls.update()
    }
    this.resize()
  }

  private onKey(event: KeyboardEvent): void {
    const turns: Record<string, [number, number]> = {
      ArrowLeft: [-TURN, 0],
      ArrowRight: [TURN, 0],
      ArrowUp: [0, -TURN],
      ArrowDown: [0, TURN],
    }
    const turn = turns[event.key]
    const { target } = this.controls
    const offset = this.camera.position.clone().sub(target)
    if (turn) {
      const up = new Vector3(0, 1, 0)
      offset.applyAxisAngle(up, turn[0])
      const side = new Vector3().crossVectors(up, offset).normalize()
      const tilted = offset.clone().applyAxisAngle(side, turn[1])
      if (Math.abs(tilted.clone().normalize().y) < 0.98) offset.copy(tilted)
    } else if (event.key === '+' || event.key === '=') offset.divideScalar(ZOOM)
    else if (event.key === '-') offset.multiplyScalar(ZOOM)
    else return
    event.preventDefault()
    this.camera.position.copy(target).add(offset)
    this.controls.update()
    this.ask()
  }

  private resize(): void {
    const { clientWidth, clientHeight } = this.host
    if (!clientWidth || !clientHeight) return
    this.camera.aspect = clientWidth / clientHeight
    this.camera.updateProjectionMatrix()
    this.renderer.setSize(clientWidth, clientHeight)
    this.draw()
  }

  private ask(): void {
    if (this.asked) return
    this.asked = true
    requestAnimationFrame(() => this.draw())
  }

  private draw(): void {
    this.asked = false
    this.renderer.render(this.scene, this.camera)
  }

  private remove(): void {
    if (!this.points) return
    this.scene.remove(this.points)
    this.points.geometry.dispose()
    this.points.material.dispose()
    this.points = undefined
  }
}

/** Bytes of sRGB to 16 bits of linear light, which three.js reckons in. */
function linear(colors: Uint8Array): Uint16Array {
  const table = Uint16Array.from({ length: 256 }, (_, i) => {
    const s = i / 255
    return Math.round(65535 * (s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4))
  })
  return Uint16Array.from(colors, (c) => table[c])
}
