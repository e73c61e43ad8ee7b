// A page with one file field and one <Depth>.
import { StrictMode, useState } from 'react'
import { createRoot } from 'react-dom/client'
import { Depth } from './Depth.jsx'

function App() {
  const [file, setFile] = useState()
  const [state, setState] = useState('ready')
  return (
    <>
      <p>
        <label>
          Photograph: <input type="file" accept="image/*" onChange={(e) => setFile(e.target.files[0])} />
        </label>{' '}
        <output>{state}</output>
      </p>
      {file && <Depth src={file} onState={setState} />}
    </>
  )
}

createRoot(document.getElementById('root')).render(
  <StrictMode>
    <App />
  </StrictMode>,
)
