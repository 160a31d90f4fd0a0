import './styles/base.css'
import { mount } from 'svelte'
import App from './studio/App.svelte'
import { app } from './studio/app.svelte'

app.start()
mount(App, { target: document.body })
