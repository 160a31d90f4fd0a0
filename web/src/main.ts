import './styles/base.css'
import { mount } from 'svelte'
import App from './studio/App.svelte'
import { app } from './studio/app.svelte'
import { VIEWS } from './studio/views/registry'

app.start(VIEWS)
mount(App, { target: document.body })
