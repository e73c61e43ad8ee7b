// <Depth src={…} />: a canvas with the depth of a picture in colours. All of a page share one engine and one network.
import { createDepthEstimator, defaultModelUrl, destroyDepth, isobathTiny } from 'isobath'
import { drawDepth, estimateDepth, fetchModel, openEngine } from 'isobath/web'
import { useEffect, useRef } from 'react'

let estimator

async function start() {
  const engine = await openEngine()
  return createDepthEstimator(engine, await fetchModel(defaultModelUrl()), { card: isobathTiny })
}

/**
 * @param {object} props
 * @param {Blob | string | HTMLImageElement} props.src  what estimateDepth takes; a string is an address
 * @param {string} [props.colormap]
 * @param {(text: string) => void} [props.onState]  told what goes on, errors included
 */
export function Depth({ src, colormap = 'inferno', onState }) {
  const canvas = useRef(null)

  useEffect(() => {
    const stop = new AbortController()
    const show = async () => {
      onState?.('estimating …')
      estimator ??= start()
      const shared = await estimator
      stop.signal.throwIfAborted()
      const map = await estimateDepth(shared, src, { signal: stop.signal })
      try {
        stop.signal.throwIfAborted()
        await drawDepth(shared.engine, canvas.current, map, { colormap })
        onState?.(`${map.width} × ${map.height}`)
      } finally {
        destroyDepth(map)
      }
    }
    show().catch((error) => {
      if (!stop.signal.aborted) onState?.(error.message)
    })
    return () => stop.abort()
  }, [src, colormap, onState])

  return <canvas ref={canvas} role="img" aria-label="Depth of the picture: near is bright" />
}
