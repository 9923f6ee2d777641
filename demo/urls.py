"""Pages of the demo, under /peragaan/. Joined only in demo mode."""

app_name = "demo"
urlpatterns: list = []
