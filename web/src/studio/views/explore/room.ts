import { Exploring } from '../../exploring/exploring.svelte'
import { room } from '../view'
import ExploreView from './ExploreView.svelte'

export default room(() => new Exploring(), ExploreView)
