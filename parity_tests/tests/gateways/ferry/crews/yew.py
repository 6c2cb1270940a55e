"""The crew of yew, whose library is not installed."""

import yew_library_that_is_not_there

ferry_yew = yew_library_that_is_not_there.ferry
